import { Api, ApiError, type SignIn } from '../api'

/** Who is signed in: a cookie of the server that all tabs share and no script can read. */
class Session {
  api = $state.raw<Api | null>(null)
  /** Who that is; null while nobody is signed in. */
  who = $state.raw<SignIn | null>(null)
  /** Why the last session ended or could not begin; empty when there is nothing to say. */
  message = $state('')
  busy = $state(false)
  /** The key in the address, or the session of before, is being checked. */
  opening = $state(false)

  private readonly otherTabs = new BroadcastChannel('adtally.session')

  constructor() {
    // Another tab signed in, perhaps as somebody else, or out: two accounts never mix on a screen.
    this.otherTabs.onmessage = () => void this.resume()
  }

  get isAdmin(): boolean {
    return this.who?.role === 'admin'
  }

  /** Takes the key from the address (`#key=…`), where it must not stay, or the session of before. */
  start(): void {
    const fromAddress = takeKeyFromAddress()
    if (fromAddress === null && this.api) return
    this.opening = true
    const opened = fromAddress ? this.signIn(fromAddress) : this.resume()
    void opened.finally(() => (this.opening = false))
  }

  async signIn(key: string): Promise<void> {
    this.busy = true
    this.message = ''
    try {
      const api = new Api()
      await api.signIn(key)
      this.begin(api, await expectCookie(api))
      this.otherTabs.postMessage('signed in')
    } catch (error) {
      this.end(refusal(error))
    } finally {
      this.busy = false
    }
  }

  /** Ends the session in all tabs. The message says why, when the user did not ask for it. */
  signOut(message = ''): void {
    this.end(message)
    void new Api()
      .signOut()
      .then(() => this.otherTabs.postMessage('signed out'))
      .catch((error: unknown) => (this.message = `You may still be signed in. ${refusal(error)}`))
  }

  private async resume(): Promise<void> {
    const api = new Api()
    try {
      this.begin(api, await api.signedIn())
    } catch (error) {
      this.end(error instanceof ApiError && error.status === 401 ? '' : refusal(error))
    }
  }

  private begin(api: Api, who: SignIn): void {
    this.who = who
    this.api = api
  }

  private end(message: string): void {
    this.api = null
    this.who = null
    this.message = message
  }
}

export const session = new Session()

/** A browser may drop the cookie: where cookies are blocked, or one for TLS without TLS. */
async function expectCookie(api: Api): Promise<SignIn> {
  try {
    return await api.signedIn()
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error
    throw new ApiError(
      0,
      'The browser did not keep the session’s cookie. Allow cookies for this site, and open it at its public address.',
    )
  }
}

function refusal(error: unknown): string {
  if (!(error instanceof ApiError)) throw error
  if (error.status === 401) return 'This key is not known. Check that it was copied in full.'
  if (error.status === 403 && /role/.test(error.message)) {
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
