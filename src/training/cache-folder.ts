import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder for what can be computed again: where the platform keeps it for each user. */
export function userCacheFolder(platform = process.platform, environment = process.env): string {
  if (platform === 'win32') return join(environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'undertone');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'undertone');
  const { XDG_CACHE_HOME: folder = '' } = environment;
  // An empty variable counts as unset (XDG Base Directory Specification 0.8).
  return join(folder === '' ? join(homedir(), '.cache') : folder, 'undertone');
}
