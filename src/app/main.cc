#include <unistd.h>

#include "app/commands.h"

int main(int argc, char** argv) {
  return adtally::RunCommand(argc, argv, environ);
}
