import { AddressState } from './address.svelte'
import { formatView, parseView, type View } from './url'

export const view = new AddressState<View>(parseView, formatView)
