// Pages for what went wrong in the UI itself: an unknown address, a page that broke.
import { Link, type ErrorComponentProps } from "@tanstack/react-router";

import { Empty } from "@/ui/empty";
import { ErrorState } from "@/ui/error-state";
import { Page } from "@/ui/page";

import { paths } from "./paths";

export const NotFound = () => (
  <Page title="No such page">
    <Empty title="Nothing is at this address">
      Go to the <Link to={paths.incidents}>incidents</Link>.
    </Empty>
  </Page>
);

export const Broken = ({ error, reset }: ErrorComponentProps) => (
  <Page title="This page broke">
    <ErrorState error={error instanceof Error ? error : new Error(String(error))} what="this page" retry={reset} />
  </Page>
);
