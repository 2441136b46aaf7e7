import {
  ButtonBuilder,
  ButtonStyle,
  ContainerBuilder,
  type Interaction,
  LabelBuilder,
  MessageFlags,
  ModalBuilder,
  TextDisplayBuilder,
  TextInputBuilder,
  TextInputStyle,
} from 'discord.js'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasBrowser, launchBrowser } from '../../support/browser.ts'
import { type Stage, stage } from '../discord/bot.ts'

const COMMAND = {
  name: 'node',
  nameLocalizations: { ja: 'ノード', 'zh-CN': '节点' },
  description: 'Nodes',
  options: [
    {
      type: 1,
      name: 'status',
      nameLocalizations: { ja: '状態', 'zh-CN': '状态' },
      description: 'One node, read live',
      descriptionLocalizations: { ja: '1 台を詳しく確認', 'zh-CN': '实时查看一个节点' },
      options: [{ type: 3, name: 'id', description: 'Node', required: true, autocomplete: true }],
    },
    { type: 1, name: 'mute', description: 'Is never answered' },
  ],
}

function card(words: string) {
  const container = new ContainerBuilder()
    .setAccentColor(0x23845a)
    .addTextDisplayComponents(new TextDisplayBuilder().setContent(`### ${words}\n-# <t:1700000000:R>`))
    .addActionRowComponents((row) =>
      row.setComponents(
        new ButtonBuilder().setStyle(ButtonStyle.Primary).setLabel('Refresh').setCustomId('refresh'),
        new ButtonBuilder().setStyle(ButtonStyle.Danger).setLabel('Retire').setCustomId('retire'),
      ),
    )
  return { components: [container], flags: MessageFlags.IsComponentsV2 as const }
}

async function answer(interaction: Interaction): Promise<void> {
  if (interaction.isAutocomplete()) {
    await interaction.respond([{ name: `kyoto-1 (${interaction.locale})`, value: 'kyoto-1' }])
  } else if (interaction.isChatInputCommand() && interaction.options.getSubcommand() === 'status') {
    await interaction.reply(card(`Status of ${interaction.options.getString('id', true)}`))
  } else if (interaction.isButton() && interaction.customId === 'refresh') {
    await interaction.update(card('Refreshed'))
  } else if (interaction.isButton()) {
    const name = new TextInputBuilder().setCustomId('name').setStyle(TextInputStyle.Short)
    const label = new LabelBuilder().setLabel('Node name').setTextInputComponent(name)
    const form = new ModalBuilder().setCustomId('retire').setTitle('Retire a node')
    await interaction.showModal(form.addLabelComponents(label))
  } else if (interaction.isModalSubmit()) {
    const name = interaction.fields.getTextInputValue('name')
    await interaction.reply({ content: `Retired ${name}`, flags: MessageFlags.Ephemeral })
  }
}

describe.skipIf(!hasBrowser)(
  'the chat page on the embedded Discord with a real client',
  { timeout: 60_000 },
  () => {
    let on: Stage
    let browser: Browser
    let page: Page

    beforeAll(async () => {
      on = await stage(answer)
      await on.client.application?.commands.set([COMMAND])
      browser = await launchBrowser()
      page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
      page.setDefaultTimeout(20_000)
      await page.goto(`${on.discord.pageUrl}?user=Ada&locale=ja&channel=ops`)
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      expect(on.errors).toEqual([])
      await on.close()
    })

    it('offers the command in the viewer’s language and sends it', async () => {
      await page.getByTestId('starter').filter({ hasText: '/ノード 状態' }).waitFor()
      await page.getByTestId('composer').fill('/ノード')
      await page.locator('[data-testid=command-item][data-command="node status"]').click()
      await page.getByTestId('choice-item').filter({ hasText: 'kyoto-1 (ja)' }).click()
      await page.keyboard.press('Enter')
      const message = page.getByTestId('message').filter({ hasText: 'Status of kyoto-1' })
      await message.waitFor()
      expect(await message.textContent()).toContain('/ノード 状態')
    })

    it('presses a button and shows the edited card', async () => {
      await page.locator('[data-custom-id=refresh]').click()
      await page.getByTestId('message').filter({ hasText: 'Refreshed' }).waitFor()
      await page.locator('[data-custom-id=refresh]:enabled').waitFor()
    })

    it('fills a form and shows the private answer, to this person only', async () => {
      await page.locator('[data-custom-id=retire]').click()
      await page.locator('dialog [data-custom-id=name]').fill('kyoto-1')
      await page.getByTestId('modal-submit').click()
      const answered = page.locator('[data-testid=message][data-ephemeral=true]')
      await answered.filter({ hasText: 'Retired kyoto-1' }).waitFor()
      await page.getByTestId('user-switch').click()
      await page.locator('[data-testid=user-item][data-user-name=Vera]').click()
      await page.getByTestId('message').filter({ hasText: 'Refreshed' }).waitFor()
      expect(await answered.count()).toBe(0)
    })

    it('says that the application did not respond when a command is never answered', async () => {
      await page.locator('[data-testid=language][data-locale=en-US]').click()
      await page.getByTestId('composer').fill('/node mute')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Enter')
      await page.locator('[data-testid=interaction][data-state=waiting]').waitFor()
      await page.getByTestId('failed').filter({ hasText: 'The application did not respond' }).waitFor()
    })
  },
)
