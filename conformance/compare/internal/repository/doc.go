// Package repository reads the repository as a whole, for the tests that hold
// its parts together: what the documents say to what there is.
//
// [OpenEnds] finds what leads nowhere: a note of something left to do, a link
// to nothing, a command that does not run.
package repository
