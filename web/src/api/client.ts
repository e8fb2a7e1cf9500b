// A request in, the decoded answer or an ApiError out; every answer of the server is noted as a sign of life.
import type { Answer } from "./contract";
import { noteAnswer } from "./connection";
import { ApiError } from "./api-error";
import type { paths } from "./schema";

const TIMEOUT_MS = 10_000;

type Query = Record<string, string | number | boolean | readonly string[] | undefined>;
interface Place {
  path?: Record<string, string>;
  query?: Query;
  signal?: AbortSignal;
}

/** The address of an operation with its parameters filled in. */
const address = (template: string, { path = {}, query = {} }: Place): string => {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ""));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of typeof value === "object" ? value : [value]) if (each !== undefined) search.append(name, String(each));
  }
  return search.size > 0 ? `${filled}?${search.toString()}` : filled;
};

const send = async (method: string, template: string, place: Place, body?: unknown): Promise<unknown> => {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const init: RequestInit = {
    method,
    headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
    credentials: "same-origin",
    signal: place.signal ? AbortSignal.any([place.signal, timeout]) : timeout,
  };
  if (body !== undefined) init.body = JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(address(template, place), init);
  } catch (cause) {
    if (place.signal?.aborted) throw cause;
    throw ApiError.unreachable(timeout.aborted ? `no answer within ${TIMEOUT_MS / 1000} s` : "the connection failed");
  }
  // A gateway may answer 5xx for a server that is gone.
  if (response.status < 500) noteAnswer(Date.now());
  const text = await response.text();
  if (!response.ok) throw ApiError.of(response.status, text);
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw ApiError.unreachable(`${template} did not answer JSON; is a proxy in between?`);
  }
};

export const get = async <P extends keyof paths>(template: P, place: Place): Promise<Answer<P, "get">> =>
  (await send("GET", template, place)) as Answer<P, "get">;

export const post = async <P extends keyof paths>(
  template: P,
  place: Place,
  body: unknown,
): Promise<Answer<P, "post">> => (await send("POST", template, place, body)) as Answer<P, "post">;

export const remove = async (template: keyof paths): Promise<void> => {
  await send("DELETE", template, {});
};
