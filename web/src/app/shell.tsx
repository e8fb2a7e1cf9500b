// What stands around every page: the way round, and whether the screen is of now.
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useRouter } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import { incidentsQuery } from "@/api/list-incidents";
import { LiveIndicator } from "@/features/connection/live-indicator";
import { SignOut } from "@/features/session/sign-out";
import mark from "@/ui/outproof.svg";

import { paths } from "./paths";
import styles from "./shell.module.css";
import { ThemeToggle } from "./theme-toggle";

const PLACES = [
  { to: paths.promises, label: "Promises" },
  { to: paths.services, label: "Services" },
  { to: paths.traces, label: "Traces" },
  { to: paths.quarantine, label: "Quarantine" },
  { to: paths.status, label: "Status" },
] as const;

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
          <Link to={paths.incidents}>
            Incidents <ActiveCount />
          </Link>
          {PLACES.map(({ to, label }) => (
            <Link key={to} to={to}>
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
