// Package contract has names and numbers that CONTRACT.md defines for every service:
// capabilities, environment variables, routes, the service's own metric, and the sizes of
// some responses. It imports no package of this module.
package contract
