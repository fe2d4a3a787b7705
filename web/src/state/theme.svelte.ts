type Theme = 'light' | 'dark'

const STORED_THEME = 'adtally.theme'
const dark = matchMedia('(prefers-color-scheme: dark)')

/**
 * Light or dark: the system's preference until the user chooses otherwise (see public/theme.js).
 */
class ThemeState {
  private chosen = $state<Theme | null>(chosenBefore())
  private system = $state<Theme>(systemTheme())

  constructor() {
    dark.addEventListener('change', () => (this.system = systemTheme()))
  }

  get current(): Theme {
    return this.chosen ?? this.system
  }

  toggle(): void {
    const wanted = this.current === 'dark' ? 'light' : 'dark'
    // Back at the system's theme, follow the system again.
    this.chosen = wanted === this.system ? null : wanted
    if (this.chosen) document.documentElement.dataset.theme = this.chosen
    else delete document.documentElement.dataset.theme
    try {
      if (this.chosen) localStorage.setItem(STORED_THEME, this.chosen)
      else localStorage.removeItem(STORED_THEME)
    } catch {
      return // Storage is blocked: the choice lasts as long as the page.
    }
  }
}

export const theme = new ThemeState()

function systemTheme(): Theme {
  return dark.matches ? 'dark' : 'light'
}

function chosenBefore(): Theme | null {
  const { theme: stored } = document.documentElement.dataset
  return stored === 'light' || stored === 'dark' ? stored : null
}
