import { HIGHEST_TILE_LEVEL, TILE_WIDTH } from './tile.ts'

/** A tile of hashes, or of the entries themselves, and how many of its 256 places are asked for. */
export type TileAddress = {
  readonly level: number | 'entries'
  readonly index: number
  readonly width: number
}

/** `tile/0/x001/234.p/5` as C2SP tlog-tiles writes it. */
export function tilePath({ level, index, width }: TileAddress): string {
  const partial = width === TILE_WIDTH ? '' : `.p/${width}`
  return `tile/${level}/${groupsOfThree(index)}${partial}`
}

/** The tile that such a path names, or null; there is one path for each tile. */
export function parseTilePath(path: string): TileAddress | null {
  const parts = TILE_PATH.exec(path)
  if (parts === null) return null
  const [, level = '', groups = '', width = `${TILE_WIDTH}`] = parts
  const address: TileAddress = {
    level: level === 'entries' ? level : Number(level),
    index: Number(groups.replaceAll(/[x/]/g, '')),
    width: Number(width),
  }
  return isInTree(address) && tilePath(address) === path ? address : null
}

const TILE_PATH = /^tile\/(entries|[0-9])\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/

function isInTree({ level, index, width }: TileAddress): boolean {
  const isLevel = level === 'entries' || level <= HIGHEST_TILE_LEVEL
  return isLevel && Number.isSafeInteger(index) && width <= TILE_WIDTH
}

function groupsOfThree(index: number): string {
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const groups = padded.match(/.{3}/g) ?? []
  return groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/')
}
