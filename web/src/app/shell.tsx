// What stands around every page: the way round, and whether the screen is of now.
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation, useRouter } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import { incidentsQuery } from "@/api/list-incidents";
import { LiveIndicator } from "@/features/connection/live-indicator";
import { SignOut } from "@/features/session/sign-out";
import mark from "@/ui/outproof.svg";

import { paths } from "./paths";
import styles from "./shell.module.css";
import { ThemeToggle } from "./theme-toggle";

/** `beside`: pages that are reached from that one and have no place of their own. */
const PLACES = [
  { to: paths.policies, label: "Policies", beside: [] },
  { to: paths.promises, label: "Promises", beside: [] },
  { to: paths.services, label: "Services", beside: [] },
  { to: paths.traces, label: "Traces", beside: [] },
  { to: paths.status, label: "Status", beside: [paths.conservation, paths.quarantine] },
] as const;

const ON_CALL: readonly string[] = [paths.silences, paths.routes, paths.alertLedger];

const ActiveCount = () => {
  const active = useQuery(incidentsQuery("active")).data?.incidents.length ?? 0;
  return active === 0 ? null : (
    <span className={styles.count}>
      {active}
      <span className="visually-hidden"> active</span>
    </span>
  );
};

/** After a move to another page, reading and the keyboard start at its content. */
const useFocusOnMove = () => {
  const main = useRef<HTMLElement>(null);
  const router = useRouter();
  useEffect(
    () =>
      router.subscribe("onResolved", ({ pathChanged, fromLocation }) => {
        if (pathChanged && fromLocation) main.current?.focus({ preventScroll: true });
      }),
    [router],
  );
  return main;
};

export const Shell = ({ open }: { open: boolean }) => {
  const main = useFocusOnMove();
  const here = useLocation({ select: ({ pathname }) => pathname });
  const among = (beside: readonly string[]) => (beside.includes(here) ? { "data-beside": true } : {});
  return (
    <>
      <a href="#main" className={styles.skip}>
        Skip to the content
      </a>
      <header className={styles.bar}>
        <Link to={paths.incidents} className={styles.brand} activeProps={{ "aria-current": undefined }}>
          <img src={mark} alt="" width={22} height={22} /> Outproof
        </Link>
        <nav aria-label="Main" className={styles.nav}>
          <Link to={paths.incidents} {...among(ON_CALL)}>
            Incidents <ActiveCount />
          </Link>
          {PLACES.map(({ to, label, beside }) => (
            <Link key={to} to={to} {...among(beside)}>
              {label}
            </Link>
          ))}
        </nav>
        <div className={styles.side}>
          <LiveIndicator />
          <ThemeToggle />
          {open ? null : <SignOut />}
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        <Outlet />
      </main>
    </>
  );
};
