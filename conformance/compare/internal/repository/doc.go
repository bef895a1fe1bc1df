// Package repository reads the whole repository, for tests that compare
// documents with the code.
//
// [OpenEnds] finds notes of something left to do, broken links, and commands
// that do not exist.
package repository
