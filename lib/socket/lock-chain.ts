// A lock out of symbolic links, which survives a holder that was killed. Pure but for the links that it is given.
//
//   a.sock.lock             -> A     the head: A took it
//   a.sock.lock.A           -> B     A died; B, which saw it, took its place
//   a.sock.lock.B           -> C     so did B; C holds the lock, being the last that lives
//
// A link is made only where there is none (the system sees to that), so a dead holder has one successor. Who holds
// the lock lets go by removing the head first, and the rest after it. A contender that read the chain before that
// may still make a link at its end, which no head leads to any more: so it must look again, from the head, and holds
// the lock only if it finds itself. No name is ever used twice, so that an old chain cannot come to life again.

/** Symbolic links by name; what one of them says is the name of a holder. */
export interface Links {
  read(link: string): string | undefined;
  /** False: there is such a link already. */
  create(link: string, holder: string): boolean;
  remove(link: string): void;
}

export interface Chain {
  /** The links from the head on. */
  readonly links: readonly string[];
  /** Whom they name, in the same order. All but the last are dead. */
  readonly holders: readonly string[];
  /** The link that the next holder makes. */
  readonly vacant: string;
}

export function readChain(links: Links, head: string): Chain {
  const chain = { links: [] as string[], holders: [] as string[], vacant: head };
  for (let holder = links.read(head); holder !== undefined; holder = links.read(chain.vacant)) {
    chain.links.push(chain.vacant);
    chain.holders.push(holder);
    chain.vacant = `${head}.${holder}`;
  }
  return chain;
}

/**
 * Takes the place at the end of a chain whose holders are all dead.
 *
 * @returns whether `holder` holds the lock now; if not, read the chain again
 */
export function takeLock(links: Links, chain: Chain, head: string, holder: string): boolean {
  if (!links.create(chain.vacant, holder)) return false;
  if (readChain(links, head).holders.at(-1) === holder) return true;
  links.remove(chain.vacant);
  return false;
}

/** For the holder alone. Answers the dead ones whose places it took, so that what they left can be removed. */
export function releaseLock(links: Links, head: string): readonly string[] {
  const chain = readChain(links, head);
  for (const link of chain.links) links.remove(link);
  return chain.holders.slice(0, -1);
}
