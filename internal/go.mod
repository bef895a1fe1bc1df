module github.com/samespan/samespan/internal

go 1.25.0
