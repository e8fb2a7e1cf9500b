import { QueryClient, useQuery } from "@tanstack/react-query";
import { act, screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { Loaded } from "@/ui/loaded";

import { show } from "./on-screen";

test("what failed says so until there is another answer, also while it is asked again", async () => {
  let answer: (data: string) => void = () => undefined;
  let asked = 0;
  const ask = () =>
    asked++ === 0 ? Promise.reject(new Error("the disk is full")) : new Promise<string>((resolve) => (answer = resolve));
  const client = new QueryClient();

  const Page = () => {
    const query = useQuery({ queryKey: ["page"], queryFn: ask, retry: false });
    return (
      <>
        <output>{query.fetchStatus}</output>
        <Loaded query={query} what="incidents">
          {(data) => <p>{data}</p>}
        </Loaded>
      </>
    );
  };

  await show(<Page />, client);
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("the disk is full");
  void client.refetchQueries();
  await screen.findByText("fetching");
  expect(screen.getByRole("alert")).toBe(alert);
  expect(alert.textContent).toContain("the disk is full");
  act(() => answer("all is well"));
  await screen.findByText("all is well");
  expect(screen.queryByRole("alert")).toBeNull();
});
