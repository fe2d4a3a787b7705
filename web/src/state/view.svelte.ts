import { formatView, parseView, type View } from './url'

/** The view, kept in step with the address in both directions. */
class ViewState {
  current = $state.raw<View>(parseView(location.search))

  /** What deserves a step of the back button (a filter, a range) pushes; the rest replaces. */
  update(patch: Partial<View>, history_: 'push' | 'replace' = 'push'): void {
    const before = formatView(this.current)
    this.current = { ...this.current, ...patch }
    const after = formatView(this.current)
    if (after === before) return
    const address = location.pathname + after
    if (history_ === 'push') history.pushState(null, '', address)
    else history.replaceState(null, '', address)
  }

  /** To be called once; returns what stops it. */
  followAddress(): () => void {
    const read = () => (this.current = parseView(location.search))
    read()
    addEventListener('popstate', read)
    return () => removeEventListener('popstate', read)
  }
}

export const view = new ViewState()
