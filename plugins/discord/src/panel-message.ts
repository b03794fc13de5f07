import type { BaseMessageOptions, GuildTextBasedChannel, Message } from 'discord.js';
import type { HostLog } from 'undertone';
import type { EditBudget } from './edit-budget.ts';
import { DISCORD_CODES, faultName, isDiscordCode } from './faults.ts';
import { PanelUpdater } from './panel-updater.ts';

/** What {@link PanelMessage} works with. */
export interface PanelMessageParts {
  readonly channel: GuildTextBasedChannel;
  /** One that is there already. */
  readonly message: Message | undefined;
  readonly budget: EditBudget;
  readonly clock: () => number;
  readonly log: HostLog;
  /** What it should show now. */
  render(): BaseMessageOptions;
  /** It is another message now. */
  onPosted(): Promise<void>;
}

/** The message that is a session's panel. */
export class PanelMessage {
  readonly #parts: PanelMessageParts;
  readonly #updater: PanelUpdater;
  #message: Message | undefined;
  #isStuck = false;

  constructor(parts: PanelMessageParts) {
    this.#parts = parts;
    this.#message = parts.message;
    this.#updater = new PanelUpdater({
      edit: async () => {
        await this.show();
        this.#isStuck = false;
      },
      onError: (cause) => {
        if (!this.#isStuck) parts.log.warn('the panel cannot be edited now', { fault: faultName(cause) });
        this.#isStuck = true;
      },
      ...{ clock: parts.clock, budget: parts.budget },
    });
  }

  get id(): string | undefined {
    return this.#message?.id;
  }

  get url(): string | undefined {
    return this.#message?.url;
  }

  /** There is something to show: soon. */
  touch(isNews: boolean): void {
    // The first panel is posted by `show`: there must not be two.
    if (this.#message) this.#updater.touch(isNews);
  }

  /** Shows the last state, and then nothing more. */
  close(): Promise<void> {
    return this.#updater.close();
  }

  /** Shows the state now. */
  async show(): Promise<void> {
    const panel = this.#parts.render();
    try {
      if (this.#message) {
        await this.#message.edit(panel);
        return;
      }
    } catch (cause) {
      if (!isDiscordCode(cause, DISCORD_CODES.unknownMessage)) throw cause;
    }
    // Without its panel, nobody would be told: one that was deleted is posted anew.
    this.#message = await this.#parts.channel.send(panel);
    await this.#parts.onPosted();
  }
}
