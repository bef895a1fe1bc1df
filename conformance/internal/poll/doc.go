// Package poll waits for a condition that is not signalled, by checking it
// repeatedly. It imports no package of this module.
package poll
