/**
 * Define the element `<voice-picker>`. The element shows the voices of a catalogue, the user's
 * favorites and recent voices, and the popular voices.
 *
 * ```html
 * <script type="module" src="https://…/voice-picker.js"></script>
 * <voice-picker endpoint="https://…" catalogue="voices.json"></voice-picker>
 * ```
 */

import type { VoicePicker } from "./picker/element.js";

export * from "./picker/element.js";

declare global {
  interface HTMLElementTagNameMap {
    "voice-picker": VoicePicker;
  }
}
