// Package reference is the reference service of conformance/CONTRACT.md in
// each framework: the same routes, written as that framework's users write
// them, so that what differs between two subjects is their instrumentation.
package reference
