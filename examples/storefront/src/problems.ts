import { MorningError } from "morning-ai";

/** 404: there is no such thing. */
export function notFound(message: string): MorningError {
  return new MorningError(
    "MOR_NOT_FOUND",
    { status: 404, title: "There is no such thing.", fix: "Check the id." },
    message,
  );
}

/** 409: it contradicts what is there. */
export function conflict(message: string): MorningError {
  return new MorningError(
    "MOR_CONFLICT",
    { status: 409, title: "It contradicts what is there.", fix: "Send it with another id." },
    message,
  );
}

/** 422: well formed, but of things that do not exist. */
export function unusable(message: string): MorningError {
  return new MorningError(
    "MOR_INVALID",
    { status: 422, title: "It names what does not exist.", fix: "Register it first." },
    message,
  );
}

/** 409: somebody else was first. Trying again does not help. */
export function outOfStock(message: string): MorningError {
  return new MorningError(
    "SHOP_OUT_OF_STOCK",
    { status: 409, title: "The goods are not there.", fix: "Order fewer, or something else." },
    message,
  );
}

/** 422: the provider does not take the money. Trying again does not help. */
export function cardDeclined(message: string): MorningError {
  return new MorningError(
    "SHOP_CARD_DECLINED",
    { status: 422, title: "The card was declined.", fix: "Pay with another card." },
    message,
  );
}

const attemptsMax = 8;

/**
 * Runs `attempt` again when somebody else changed a row between its read and its write: the version
 * that it read is part of what it writes, so only one of two can win.
 */
export async function untilUnchanged<T>(attempt: () => Promise<T>): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      if (!MorningError.is(error, "MOR_CONFLICT") || number >= attemptsMax) throw error;
    }
  }
}
