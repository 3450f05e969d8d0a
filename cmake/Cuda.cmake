# Finds CUDA, and compiles .cu files by calling nvcc itself: a machine without a GPU builds them as well as one with.
#   DURE_CUDA  AUTO: with CUDA where a toolkit is found; ON: it must be found; OFF: without
# Sets DURE_NVCC (empty: without CUDA), DURE_CUDA_FLAGS, DURE_CUDA_INCLUDE and the library dure_cuda_runtime.
include_guard(GLOBAL)
set(DURE_CUDA AUTO CACHE STRING "Build the GPU's kernels: AUTO, ON or OFF")
set(DURE_CUDA_ARCHITECTURES "80;90" CACHE STRING "Compute capabilities to compile for; newer GPUs compile the last one's PTX")

set(DURE_NVCC "")
if(DURE_CUDA STREQUAL ON OR (DURE_CUDA STREQUAL AUTO AND NOT DURE_SANITIZE AND NOT DURE_BUILD_FUZZERS))
  find_program(DURE_NVCC_PATH nvcc HINTS /usr/local/cuda/bin ENV CUDAToolkit_ROOT ENV CUDA_PATH PATH_SUFFIXES bin)
  if(DURE_NVCC_PATH)
    get_filename_component(cuda_root ${DURE_NVCC_PATH} REALPATH)
    get_filename_component(cuda_root ${cuda_root}/../.. ABSOLUTE)
    find_path(DURE_CUDA_INCLUDE cuda_runtime_api.h HINTS ${cuda_root}/include ${cuda_root}/targets/x86_64-linux/include)
    find_library(DURE_CUDART_STATIC cudart_static HINTS ${cuda_root}/lib64 ${cuda_root}/targets/x86_64-linux/lib)
  endif()
  if(DURE_NVCC_PATH AND DURE_CUDA_INCLUDE AND DURE_CUDART_STATIC)
    set(DURE_NVCC ${DURE_NVCC_PATH})
  elseif(DURE_CUDA STREQUAL ON)
    message(FATAL_ERROR "DURE_CUDA is ON, but there is no CUDA toolkit: nvcc=${DURE_NVCC_PATH} headers=${DURE_CUDA_INCLUDE} "
                        "cudart_static=${DURE_CUDART_STATIC}; set CUDA_PATH to where it is")
  endif()
endif()

if(NOT DURE_NVCC)
  message(STATUS "CUDA: left out (DURE_CUDA=${DURE_CUDA}; no toolkit, or not wanted here); the GPU's kernels are tested by the shim")
  return()
endif()
message(STATUS "CUDA: ${DURE_NVCC} for compute capabilities ${DURE_CUDA_ARCHITECTURES}")

# PTX lies uncompressed in the objects, so that a test can read it. No contraction, no flush to zero, IEEE division and roots: the arithmetic profile forbids anything else.
set(DURE_CUDA_FLAGS -std=c++20 -O3 -fmad=false --no-compress -ftz=false -prec-div=true -prec-sqrt=true -Werror=all-warnings
  -Xcompiler=-Wall,-Wextra,-Werror,-ffp-contract=off -I${CMAKE_SOURCE_DIR})
add_library(dure_cuda_runtime INTERFACE)
target_link_libraries(dure_cuda_runtime INTERFACE ${DURE_CUDART_STATIC} ${CMAKE_DL_LIBS} rt Threads::Threads)

# dure_cuda_objects(OBJECTS REPORTS file.cu...): commands that compile each file; the lists of what they write. A report is
# what ptxas says of each kernel's registers and spills.
function(dure_cuda_objects objects_variable reports_variable)
  set(code "")
  foreach(architecture ${DURE_CUDA_ARCHITECTURES})
    set(newest ${architecture})
  endforeach()
  foreach(architecture ${DURE_CUDA_ARCHITECTURES})
    set(kept sm_${architecture})
    if(architecture STREQUAL newest)
      set(kept "[sm_${architecture},compute_${architecture}]")
    endif()
    list(APPEND code "-gencode=arch=compute_${architecture},code=${kept}")
  endforeach()
  set(objects "")
  set(reports "")
  foreach(file ${ARGN})
    file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR} ${file})
    string(REPLACE "/" "." name ${name})
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.o)
    set(report ${CMAKE_CURRENT_BINARY_DIR}/${name}.resources)
    add_custom_command(OUTPUT ${object} BYPRODUCTS ${report}
      COMMAND ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 sh ${CMAKE_SOURCE_DIR}/cmake/nvcc_report ${report}
              ${DURE_CCACHE} ${DURE_NVCC} ${DURE_CUDA_FLAGS} ${code} -Xptxas -v -MD -MF ${object}.d -c ${file} -o ${object}
      DEPENDS ${file} ${CMAKE_SOURCE_DIR}/cmake/nvcc_report DEPFILE ${object}.d VERBATIM
      COMMENT "Compiling ${name} for GPUs")
    list(APPEND objects ${object})
    list(APPEND reports ${report})
  endforeach()
  set(${objects_variable} ${objects} PARENT_SCOPE)
  set(${reports_variable} ${reports} PARENT_SCOPE)
endfunction()
