// Package snippet has the Go code of the documentation that is not an Example
// of a package: services before their migration, and code that needs more than
// one module. It is compiled, not run.
package snippet
