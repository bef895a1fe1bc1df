// Package repository reads the files of the whole repository, for tests that compare
// documents with the code.
//
// [OpenEnds] finds notes of unfinished work, broken links, and commands that do not
// exist.
package repository
