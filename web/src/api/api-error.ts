// What went wrong with a request, in words for a person: what was expected, what came, what to do next.

interface Problem {
  message?: unknown;
  details?: unknown;
}

const TEXT_CHARS_MAX = 500;

const parsed = (body: string): Problem => {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
};

export class ApiError extends Error {
  override readonly name = "ApiError";
  /** The HTTP status, or null when the server could not be reached at all. */
  readonly status: number | null;
  readonly details: readonly string[];

  constructor(status: number | null, message: string, details: readonly string[] = []) {
    super(message);
    this.status = status;
    this.details = details;
  }

  static unreachable(why: string): ApiError {
    return new ApiError(null, `The Outproof server could not be reached: ${why}. Check that it is running and try again.`);
  }

  static of(status: number, body: string): ApiError {
    const { message, details } = parsed(body);
    const text = typeof message === "string" && message !== "" ? message : `The server answered ${status}.`;
    const list = Array.isArray(details) ? details.map((each) => (typeof each === "string" ? each : JSON.stringify(each))) : [];
    return new ApiError(status, text.slice(0, TEXT_CHARS_MAX), list);
  }

  /** Nobody is signed in, or no longer. */
  get unauthorized(): boolean {
    return this.status === 401;
  }

  /** The same request would fail the same way. */
  get permanent(): boolean {
    return this.status !== null && this.status >= 400 && this.status < 500 && this.status !== 429;
  }
}
