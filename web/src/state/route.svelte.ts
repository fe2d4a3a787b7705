/** Which page the address asks for. What each page shows is in the rest of the address. */

export type PageId = 'reports' | 'operator'

class Route {
  page = $state<PageId>(pageOf(location.search))

  /** Opens another address of the dashboard, as a step of the back button. */
  go(query: string): void {
    history.pushState(null, '', location.pathname + query)
    this.page = pageOf(query)
    scrollTo(0, 0)
  }

  /** To be called once; returns what stops it. */
  followAddress(): () => void {
    const read = () => (this.page = pageOf(location.search))
    addEventListener('popstate', read)
    return () => removeEventListener('popstate', read)
  }
}

export const route = new Route()

function pageOf(query: string): PageId {
  return new URLSearchParams(query).get('view') === 'operator' ? 'operator' : 'reports'
}
