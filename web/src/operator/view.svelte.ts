import { formatView, parseView, type OperatorView } from './url'

/** The view, kept in step with the address in both directions. */
class OperatorViewState {
  current = $state.raw<OperatorView>(parseView(location.search))

  update(patch: Partial<OperatorView>, history_: 'push' | 'replace' = 'push'): void {
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

export const view = new OperatorViewState()
