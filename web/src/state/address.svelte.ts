/** The state of a view that is kept in step with the address in both directions. */
export class AddressState<View extends object> {
  current = $state.raw<View>() as View

  constructor(
    private readonly parse: (search: string) => View,
    private readonly format: (view: View) => string,
  ) {
    this.current = parse(location.search)
  }

  /** What deserves a step of the back button (a filter, a range) pushes; the rest replaces. */
  update(patch: Partial<View>, history_: 'push' | 'replace' = 'push'): void {
    const before = this.format(this.current)
    this.current = { ...this.current, ...patch }
    const after = this.format(this.current)
    if (after === before) return
    const address = location.pathname + after
    if (history_ === 'push') history.pushState(null, '', address)
    else history.replaceState(null, '', address)
  }

  /** To be called once; returns what stops it. */
  followAddress(): () => void {
    const read = () => (this.current = this.parse(location.search))
    read()
    addEventListener('popstate', read)
    return () => removeEventListener('popstate', read)
  }
}
