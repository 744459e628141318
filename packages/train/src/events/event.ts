import { MessageWriter } from '@hypercorr/nn/protobuf';

/** The figures of one step by their tags. A slash in a tag makes a group in TensorBoard. */
export type Scalars = Readonly<Record<string, number>>;

/** The content of an event. */
export type EventContent =
  | { readonly kind: 'version' }
  /** A session starts at `step`. TensorBoard then forgets the events of earlier files at this step and later. */
  | { readonly kind: 'start'; readonly step: number }
  | { readonly kind: 'scalars'; readonly step: number; readonly scalars: Scalars };

/** Readers look for session starts only in files of this version or later. */
const version = 'brain.Event:2';

/**
 * An event as a protobuf message.
 *
 *     Event      { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; SessionLog session_log = 7; }
 *     Summary    { repeated Value value = 1; }     Value { string tag = 1; float simple_value = 2; }
 *     SessionLog { SessionStatus status = 1; }     SessionStatus { START = 1; }
 *
 * Source: TensorFlow, `core/util/event.proto` and `core/framework/summary.proto`.
 *
 * @param wallTime seconds since 1970
 */
export function encodeEvent(wallTime: number, content: EventContent): Uint8Array {
  const event = new MessageWriter().double(1, wallTime);
  switch (content.kind) {
    case 'version':
      return event.string(3, version).bytes();
    case 'start':
      return event.varint(2, content.step).message(7, new MessageWriter().varint(1, 1)).bytes();
    case 'scalars': {
      const summary = new MessageWriter();
      for (const [tag, value] of Object.entries(content.scalars))
        summary.message(1, new MessageWriter().string(1, tag).float(2, value));
      return event.varint(2, content.step).message(5, summary).bytes();
    }
  }
}

/** The names of the event files written here. TensorBoard looks for `tfevents` and reads a folder's files in the order of their names. */
export const eventFileName = /^events\.out\.tfevents\.\d{10}\.\d{3}\.hypercorr$/;

export function nameEventFile(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `events.out.tfevents.${String(seconds).padStart(10, '0')}.${String(milliseconds % 1000).padStart(3, '0')}.hypercorr`;
}
