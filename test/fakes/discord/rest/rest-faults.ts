import type { RequestMatch } from '../api.ts';

/** How a request is answered instead of what it asks for. */
export interface SpoiltAnswer {
  readonly status: number;
  readonly retryAfter?: number;
  readonly global?: boolean;
}

interface Fault {
  readonly match: RequestMatch;
  readonly answer: SpoiltAnswer;
  left: number;
}

/** Which requests go wrong, and how. */
export class RestFaults {
  #faults: Fault[] = [];
  delayMs = 0;

  add(match: RequestMatch, answer: SpoiltAnswer, count: number): void {
    this.#faults.push({ match, answer, left: count });
  }

  /** The fault for this request, which is then used up. */
  take(method: string, path: string): SpoiltAnswer | undefined {
    const fault = this.#faults.find(({ match }) => matches(match, method, path));
    if (!fault) return undefined;
    if (--fault.left <= 0) this.#faults = this.#faults.filter((other) => other !== fault);
    return fault.answer;
  }
}

function matches({ method, path }: RequestMatch, actualMethod: string, actualPath: string): boolean {
  if (method !== undefined && method.toUpperCase() !== actualMethod) return false;
  if (path instanceof RegExp) return path.test(actualPath);
  return path === undefined || actualPath.includes(path);
}
