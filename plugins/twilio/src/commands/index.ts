import type { PluginCommand } from 'undertone';
import { connectCommand } from './connect.ts';
import { simulateCommand } from './simulate.ts';
import { twimlCommand } from './twiml.ts';

/** What the plugin adds to the command line. */
export const commands: readonly PluginCommand[] = [connectCommand, twimlCommand, simulateCommand];
