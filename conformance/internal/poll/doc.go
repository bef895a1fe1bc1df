// Package poll waits for a condition that nothing announces, by asking again and
// again. It imports nothing of this module.
package poll
