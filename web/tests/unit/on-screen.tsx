// Renders a component as the app does: Mantine, a query cache, and a router that knows every address.
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render, screen } from "@testing-library/react";
import type { ReactElement } from "react";

import { paths } from "@/app/paths";

/** Shows an element and waits until the router has. */
export const show = async (element: ReactElement, client = new QueryClient()): Promise<void> => {
  const root = createRootRoute({ component: () => <div data-testid="shown">{element}</div> });
  const routes = Object.values(paths).map((path) => createRoute({ getParentRoute: () => root, path }));
  const router = createRouter({ routeTree: root.addChildren(routes), history: createMemoryHistory({ initialEntries: ["/"] }) });
  render(
    <MantineProvider>
      <QueryClientProvider client={client}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  await screen.findByTestId("shown");
};

/** All text on the screen, spaces evened out. */
export const text = (): string => screen.getByTestId("shown").textContent.replace(/\s+/g, " ");
