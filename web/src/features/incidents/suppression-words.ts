// What holds notices back, in words.
import type { Suppression } from "@/api/contract";

export const HELD_BY: Readonly<Record<Suppression["kind"], string>> = {
  silence: "a silence",
  maintenance: "a maintenance window",
  inhibited: "another incident that explains it",
  quiet_hours: "quiet hours",
  merged: "the incident it is part of",
};
