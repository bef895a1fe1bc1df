// Command compare runs the reference service in every framework, instrumented
// by Samespan and by the official middlewares, and the suite on each.
//
//	go run ./conformance/compare demo
//	go run ./conformance/compare serve ginotel --addr 127.0.0.1:8080
//	go run ./conformance/compare matrix --subject ginotel,otelgin --check 'error/*'
//	go run ./conformance/compare matrix --exec './my-service' --format junit -o report.xml
//	go run ./conformance/compare soak --time 2m
//	go run ./conformance/compare list
package main

import (
	"os"

	"github.com/samespan/samespan/conformance/internal/command"
)

// tool is the command compare.
var tool = command.Tool{Name: "compare", Failure: 1, Commands: []command.Subcommand{
	{
		Name: "demo", Run: runDemo,
		Usage:   "demo",
		Summary: "starts four services in a chain, sends them requests, and prints the traces as trees",
	},
	{
		Name: "serve", Run: runServe,
		Usage:   "serve SUBJECT [--addr 127.0.0.1:8080] [--next URL]",
		Summary: "starts the reference service of one subject, configured only by OTEL_* variables",
	},
	{
		Name: "matrix", Run: runMatrix,
		Usage:   "matrix [--subject a,b] [--check glob] [--format text|markdown|json|html|junit] [-o FILE]\n  matrix --exec 'CMD' --url URL\n  matrix --url URL --receiver 127.0.0.1:4317",
		Summary: "runs the suite on every subject, or on your program; matrix -h lists all flags",
	},
	{
		Name: "bench", Run: runBench,
		Usage:   "bench [--part requests,scale,processes,profiles] [--framework Gin,net/http] [-o FILE]",
		Summary: "measures an instrumented request, and compares it with the bare framework, the official middleware and the SDK alone; bench -h lists all flags",
	},
	{
		Name: "soak", Run: runSoak,
		Usage:   "soak [--time 10m] [--rate 200] [--seed N] [--quiet]",
		Summary: "runs four services with load, faults and restarts, and checks that every span is exported or counted as lost",
	},
	{
		Name: "comparison", Run: runComparison,
		Usage:   "comparison [--root DIR]",
		Summary: "writes conformance/README.md, conformance/COSTS.md and the figures of the README from the stored matrix and benchmark",
	},
	{
		Name: "list", Run: runList,
		Usage:   "list",
		Summary: "lists the subjects, and the checks with their rules and sources",
	},
}}

func main() { os.Exit(tool.Main()) }
