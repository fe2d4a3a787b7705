import { Api, ApiError } from '../api'

const STORED_KEY = 'adtally.key'

/** Who is signed in: an API key, kept for as long as the tab lives. */
class Session {
  api = $state.raw<Api | null>(null)
  /** Why the last session ended or could not begin; empty when there is nothing to say. */
  message = $state('')
  busy = $state(false)
  /** The key in the address is being checked. */
  opening = $state(false)

  /**
   * Takes the key from the address (`#key=…`), where it must not stay, or from this tab's storage.
   */
  start(): void {
    const fromAddress = takeKeyFromAddress()
    if (fromAddress) {
      this.opening = true
      void this.signIn(fromAddress).finally(() => (this.opening = false))
      return
    }
    const stored = readStored()
    if (stored) this.api = new Api(stored)
  }

  async signIn(key: string): Promise<void> {
    this.busy = true
    this.message = ''
    const api = new Api(key)
    try {
      await api.freshness()
      store(key)
      this.api = api
    } catch (error) {
      this.signOut(refusal(error))
    } finally {
      this.busy = false
    }
  }

  signOut(message = ''): void {
    store(null)
    this.api = null
    this.message = message
  }
}

export const session = new Session()

function refusal(error: unknown): string {
  if (!(error instanceof ApiError)) throw error
  if (error.status === 401) return 'This key is not known. Check that it was copied in full.'
  if (error.status === 403) {
    return 'This key may not read reports. Use an advertiser or admin key, not one for sending events.'
  }
  return error.message
}

function takeKeyFromAddress(): string | null {
  const fragment = new URLSearchParams(location.hash.slice(1))
  const key = fragment.get('key')
  if (key === null) return null
  history.replaceState(history.state, '', location.pathname + location.search)
  return key.trim() || null
}

// Where storage is blocked the session still works, it just ends with the page.
function readStored(): string | null {
  try {
    return sessionStorage.getItem(STORED_KEY)
  } catch {
    return null
  }
}

function store(key: string | null): void {
  try {
    if (key === null) sessionStorage.removeItem(STORED_KEY)
    else sessionStorage.setItem(STORED_KEY, key)
  } catch {
    return
  }
}
