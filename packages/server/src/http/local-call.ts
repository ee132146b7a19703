import type { FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'

const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']

/**
 * Does a program on this very machine ask, for itself? A reverse proxy beside Heed also comes from loopback, so a call that
 * was handed on, or that names another host, is somebody else's.
 */
export function isLocalCall(call: FastifyRequest): boolean {
  if (FORWARDED.some((name) => call.headers[name] !== undefined)) return false
  return isLoopback(call.socket.remoteAddress ?? '') && isLocalName(call.hostname)
}

function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback'
}

function isLocalName(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '')
  return name === 'localhost' || isLoopback(name)
}
