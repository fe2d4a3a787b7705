import { AddressState } from '../state/address.svelte'
import { formatView, parseView, type OperatorView } from './url'

export const view = new AddressState<OperatorView>(parseView, formatView)
