import { afterEach, expect, test, vi } from "vitest";

import { ApiError } from "@/api/api-error";
import { get, post } from "@/api/client";
import { currentConnection, noteAnswer } from "@/api/connection";
import { createQueryClient } from "@/api/query-client";
import { SESSION_KEY } from "@/api/get-session";

interface Seen {
  url: string;
  init: RequestInit;
}

/** A server that answers one thing, and what it was asked. */
const answering = (status: number, body: string): Seen[] => {
  const seen: Seen[] = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    seen.push({ url, init });
    return Promise.resolve(new Response(body, { status }));
  });
  return seen;
};

const failure = async (asked: Promise<unknown>): Promise<ApiError> => {
  const error: unknown = await asked.then(() => null, (reason: unknown) => reason);
  if (error instanceof ApiError) return error;
  throw new Error("expected the request to fail with an ApiError");
};

afterEach(() => vi.unstubAllGlobals());

test("parameters are escaped into the address, and absent ones are left out", async () => {
  const seen = answering(200, '{"runs": []}');
  await get("/v1/services/{name}/window", { path: { name: "a/b ?" }, query: { minutes: 60, start: undefined } });
  expect(seen[0]?.url).toBe("/v1/services/a%2Fb%20%3F/window?minutes=60");
});

test("a body is sent as JSON", async () => {
  const seen = answering(200, "{}");
  await post("/v1/incidents/{incident}/acknowledge", { path: { incident: "inc_1" } }, { by: "Mira" });
  expect(seen[0]?.init.method).toBe("POST");
  expect(seen[0]?.init.body).toBe('{"by":"Mira"}');
});

test("an error carries the server's message and details", async () => {
  answering(422, '{"code": 422, "message": "Expected minutes, \\"x\\" came.", "details": ["query.minutes"]}');
  const error = await failure(get("/v1/status", {}));
  expect(error.status).toBe(422);
  expect(error.message).toBe('Expected minutes, "x" came.');
  expect(error.details).toEqual(["query.minutes"]);
  expect(error.permanent).toBe(true);
});

test("an answer that isn't JSON is an error that says so", async () => {
  answering(200, "<html>proxy</html>");
  expect((await failure(get("/v1/status", {}))).message).toContain("proxy");
});

test("a gateway's 5xx is no sign of life of the server", async () => {
  noteAnswer(1);
  answering(502, "bad gateway");
  await failure(get("/v1/status", {}));
  expect(currentConnection().answeredMs).toBe(1);
  answering(200, "{}");
  await get("/v1/status", {});
  expect(currentConnection().answeredMs).toBeGreaterThan(1);
});

test("a 401 of any query ends the session", async () => {
  answering(401, '{"code": 401, "message": "sign in", "details": []}');
  const client = createQueryClient();
  client.setQueryData(SESSION_KEY, { open: false, signed_in: true });
  await client.query({ queryKey: ["status"], queryFn: () => get("/v1/status", {}) }).catch(() => undefined);
  expect(client.getQueryData(SESSION_KEY)).toEqual({ open: false, signed_in: false });
});
