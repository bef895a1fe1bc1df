// Package guide holds the documentation to what there is. Its tests compile the
// Go code that the documents show, compare the migration guides with what the
// official packages export, with what arrives at a receiver from both sides and
// with the golden matrix, and look up the messages that the troubleshooting
// page quotes. Package snippet has the code that is shown nowhere else.
package guide
