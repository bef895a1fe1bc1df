// Package snippet has the Go code that documents show, except the Examples of packages. It
// has services before their migration, and code that needs more than one module. The code
// is compiled, but not all of it is run.
package snippet
