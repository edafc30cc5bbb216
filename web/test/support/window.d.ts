// The globals that tests set in the pages that they open.

import type { VoicePicker } from "../../src/voice-picker.js";

/** A DOM event that the page has received, with the members that the tests read. */
export interface RecordedEvent {
  type: "voice-selected" | "favorite-changed" | "error";
  voice_id?: string;
  voice?: unknown;
  favorite?: boolean;
  action?: string;
  code?: string;
  message?: string;
}

declare global {
  interface Window {
    axe: typeof import("axe-core");
    bubbled: string[];
    escapes: number;
    events: RecordedEvent[];
    getTokenOfTest: (options: { refresh: boolean }) => Promise<string>;
    removed: VoicePicker;
    reportViolation: (violation: string) => void;
    sounds: HTMLAudioElement[];
    announcements: (string | null)[];
  }
}
