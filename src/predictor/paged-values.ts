/** Lends pages of equal length to rows of values: what one row has forgotten serves the next. */
export class PagePool<Page extends Int16Array | Float32Array = Int16Array | Float32Array> {
  readonly pageLength: number;
  readonly #make: (length: number) => Page;
  readonly #free: Page[] = [];

  constructor(pageLength: number, make: (length: number) => Page) {
    this.pageLength = pageLength;
    this.#make = make;
  }

  /** A page of zeros. */
  take(): Page {
    return this.#free.pop() ?? this.#make(this.pageLength);
  }

  /** Takes a page back. Nothing of what somebody said stays in it. */
  give(page: Page): void {
    page.fill(0);
    this.#free.push(page);
  }
}

/**
 * A row of values without end, of which only the last while is kept. Values have their index in the whole row; those
 * that were not written are 0.
 */
export class PagedValues<Page extends Int16Array | Float32Array = Int16Array | Float32Array> {
  readonly #pool: PagePool<Page>;
  readonly #pages: Page[] = [];
  /** The number of the first page that is kept. */
  #first = 0;

  constructor(pool: PagePool<Page>) {
    this.#pool = pool;
  }

  /** The page of a value that is not forgotten; pages up to it are added. */
  pageOf(index: number): Page {
    const page = Math.floor(index / this.#pool.pageLength) - this.#first;
    while (page >= this.#pages.length) this.#pages.push(this.#pool.take());
    return this.#pages[page]!;
  }

  /** Where a value lies in its page. */
  offsetOf(index: number): number {
    return index % this.#pool.pageLength;
  }

  /** Forgets whole pages before a value. */
  forget(before: number): void {
    const first = Math.floor(before / this.#pool.pageLength);
    if (first <= this.#first) return;
    for (const page of this.#pages.splice(0, first - this.#first)) this.#pool.give(page);
    this.#first = first;
  }

  /** Forgets everything; the next value is this one. */
  restart(at: number): void {
    for (const page of this.#pages.splice(0)) this.#pool.give(page);
    this.#first = Math.floor(at / this.#pool.pageLength);
  }
}
