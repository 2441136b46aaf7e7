import { expect, it } from 'vitest'
import { openclaw } from '../../src/provision/steps/openclaw.ts'

const WANTED = {
  id: 'bare',
  host: 'bare',
  sshUser: 'oc',
  sshPort: 22,
  gatewayPort: 18_789,
  version: '2026.9.6',
  model: null,
  secret: null,
}

it('a plan names the npm of the Node.js that is brought, never what lies in the folder of the login', () => {
  const npm = openclaw
    .commands(WANTED, 'https://registry.example')
    .filter((command) => command.includes('npm install'))
  expect(npm).toHaveLength(2)
  for (const command of npm)
    expect(command).toMatch(/PATH="\$HOME"\/\.local\/share\/ocm\/'node-24\.\*'\/bin:"\$PATH"/)
})
