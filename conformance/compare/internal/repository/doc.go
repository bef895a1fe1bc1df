// Package repository reads the repository as a whole, for the tests that hold
// its parts together: what the documents say to what there is.
package repository
