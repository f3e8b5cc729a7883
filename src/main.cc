#include "cli/verbs.h"

int main(int argc, char** argv) { return lineside::cli::run({argv + 1, argv + argc}); }
