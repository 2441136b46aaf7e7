// Run from its sources, the program is compiled as it is loaded; a thread has to ask for that itself.
import { register } from 'tsx/esm/api'

register()
await import('./draw-worker.ts')
