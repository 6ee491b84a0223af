// The errors for what is over a limit or out of bounds in a message that arrived.
import { ProtocolError } from "../core/errors.ts";

export function tooShort(): ProtocolError {
  return new ProtocolError("A value ends after its frame");
}

export function tooFew(what: string, claimed: number): ProtocolError {
  return new ProtocolError(`A value claims ${claimed} ${what} and is too short for them`);
}

export function tooMuchText(limit: number): ProtocolError {
  return new ProtocolError(`A message has more than ${limit} bytes of text (limits.text)`);
}

export function tooManyNodes(limit: number): ProtocolError {
  return new ProtocolError(`A message has more than ${limit} objects and members (limits.nodes)`);
}

export function nestedTooDeep(limit: number): ProtocolError {
  return new ProtocolError(`A value is nested more than ${limit} levels deep (limits.depth)`);
}

export function methodThen(): ProtocolError {
  return new ProtocolError("An object with an own method `then`");
}

export function ownProto(): ProtocolError {
  return new ProtocolError("An object with an own property `__proto__`");
}
