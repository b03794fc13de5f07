/** What went wrong, and what to do about it. */
export class Problem extends Error {
  readonly remedy: string;

  constructor(message: string, remedy = '') {
    super(message);
    this.remedy = remedy;
  }
}
