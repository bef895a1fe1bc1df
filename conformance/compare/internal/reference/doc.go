// Package reference has the reference service of conformance/CONTRACT.md in
// each framework: the same routes, written as that framework's users write
// them, so that subjects differ only in their instrumentation.
package reference
