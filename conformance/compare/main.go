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

var tool = command.Tool{Name: "compare", Failure: 1, Commands: []command.Subcommand{
	{
		Name: "demo", Run: runDemo,
		Usage:   "demo",
		Summary: "four services in a chain, real requests, the traces as trees",
	},
	{
		Name: "serve", Run: runServe,
		Usage:   "serve SUBJECT [--addr 127.0.0.1:8080] [--next URL]",
		Summary: "one subject's reference service, configured by OTEL_* alone",
	},
	{
		Name: "matrix", Run: runMatrix,
		Usage:   "matrix [--subject a,b] [--check glob] [--format text|markdown|json|html|junit] [-o FILE]\n  matrix --exec 'CMD' --url URL\n  matrix --url URL --receiver 127.0.0.1:4317",
		Summary: "the suite on every subject, or on a program of your own; matrix -h lists all flags",
	},
	{
		Name: "bench", Run: runBench,
		Usage:   "bench [--part requests,scale,processes,profiles] [--framework Gin,net/http] [-o FILE]",
		Summary: "what an instrumented request costs beside the bare framework, the official middleware and the SDK alone; bench -h lists all flags",
	},
	{
		Name: "soak", Run: runSoak,
		Usage:   "soak [--time 10m] [--rate 200] [--seed N] [--quiet]",
		Summary: "load, faults and restarts for the four services; accounts for every span",
	},
	{
		Name: "comparison", Run: runComparison,
		Usage:   "comparison [--root DIR]",
		Summary: "the public comparison, conformance/README.md, and the README's figures, from the matrix and the benchmark that are kept",
	},
	{
		Name: "list", Run: runList,
		Usage:   "list",
		Summary: "the subjects, and the checks with rule and source",
	},
}}

func main() { os.Exit(tool.Main()) }
